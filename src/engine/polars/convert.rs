//! Columns between Arrow and Polars: the same memory, under the types of the other library.
//!
//! Both keep a column as buffers of the Arrow format, so that a buffer changes hands by a counted reference to its
//! owner. Text is in views (16 bytes a value, short texts inside) on both sides.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, NullArray, PrimitiveArray, RecordBatch, StringViewArray, new_empty_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float32Type, Float64Type, Int32Type, Int64Type, Schema, UInt32Type, UInt64Type,
};
use bytemuck::Pod;
use polars::prelude::{Column, DataFrame, PlSmallStr, PolarsError, PolarsResult, Series};
use polars_arrow::array as pl;
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::types::NativeType;
use polars_buffer::{Buffer as PlBuffer, SharedStorage};

use crate::engine::frame::Frame;

/// The rows of a frame, chunk by chunk, as Polars holds them.
pub(super) fn to_polars(frame: &Frame) -> PolarsResult<DataFrame> {
    let mut columns = Vec::with_capacity(frame.schema().fields().len());
    for (index, field) in frame.schema().fields().iter().enumerate() {
        let mut chunks: Vec<Box<dyn pl::Array>> =
            frame.batches().iter().map(|batch| chunk_to_polars(batch.column(index))).collect::<PolarsResult<_>>()?;
        if chunks.is_empty() {
            chunks.push(chunk_to_polars(&new_empty_array(field.data_type()))?);
        }
        columns.push(Column::from(Series::try_from((PlSmallStr::from_str(field.name()), chunks))?));
    }
    DataFrame::new(frame.rows(), columns)
}

/// The rows of Polars, chunk by chunk.
pub(super) fn to_arrow(rows: &DataFrame) -> Result<Frame, String> {
    let mut rows = rows.clone();
    rows.align_chunks();
    let series: Vec<&Series> = rows.columns().iter().map(Column::as_materialized_series).collect();
    let chunks = series.first().map_or(0, |s| s.chunks().len());
    let mut batches: Vec<Vec<ArrayRef>> = (0..chunks).map(|_| Vec::with_capacity(series.len())).collect();
    for one in &series {
        for (batch, chunk) in batches.iter_mut().zip(one.chunks()) {
            batch.push(chunk_to_arrow(&**chunk)?);
        }
    }
    let kinds = batches.first().into_iter().flatten().map(|column| column.data_type().clone());
    let fields = series.iter().zip(kinds).map(|(s, kind)| Field::new(s.name().as_str(), kind, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batches = batches.into_iter().map(|columns| RecordBatch::try_new(schema.clone(), columns));
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    Ok(Frame::new(schema, batches))
}

fn chunk_to_polars(array: &ArrayRef) -> PolarsResult<Box<dyn pl::Array>> {
    fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef) -> Box<dyn pl::Array>
    where
        T::Native: NativeType,
    {
        let array = array.as_primitive::<T>();
        let values = PlBuffer::from_owner(OwnedValues(array.values().clone()));
        Box::new(pl::PrimitiveArray::new(T::Native::PRIMITIVE.into(), values, bits_to_polars(array.nulls())))
    }
    Ok(match array.data_type() {
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float32 => numbers::<Float32Type>(array),
        DataType::Float64 => numbers::<Float64Type>(array),
        DataType::Null => Box::new(pl::NullArray::new(ArrowDataType::Null, array.len())),
        DataType::Boolean => {
            let array = array.as_boolean();
            let values = bitmap(array.values(), None);
            Box::new(pl::BooleanArray::new(ArrowDataType::Boolean, values, bits_to_polars(array.nulls())))
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            let views = PlBuffer::from_owner(Views(array.views().clone()));
            let texts: Vec<PlBuffer<u8>> =
                array.data_buffers().iter().map(|b| PlBuffer::from_owner(Bytes(b.clone()))).collect();
            let nulls = bits_to_polars(array.nulls());
            // SAFETY: an Arrow array of views holds valid UTF-8, and each view lies within its buffers.
            Box::new(unsafe {
                pl::Utf8ViewArray::new_unchecked_unknown_md(ArrowDataType::Utf8View, views, texts.into(), nulls, None)
            })
        }
        other => return Err(PolarsError::ComputeError(format!("columns of type {other} are not known").into())),
    })
}

fn chunk_to_arrow(array: &dyn pl::Array) -> Result<ArrayRef, String> {
    fn numbers<T: ArrowPrimitiveType>(array: &dyn pl::Array) -> ArrayRef
    where
        T::Native: NativeType + Pod,
    {
        let array: &pl::PrimitiveArray<T::Native> = downcast(array);
        let values = ScalarBuffer::from(Buffer::from(bytes::Bytes::from_owner(OwnedBytes(array.values().clone()))));
        Arc::new(PrimitiveArray::<T>::new(values, nulls_to_arrow(array.validity())))
    }
    Ok(match array.dtype() {
        ArrowDataType::Int32 => numbers::<Int32Type>(array),
        ArrowDataType::Int64 => numbers::<Int64Type>(array),
        ArrowDataType::UInt32 => numbers::<UInt32Type>(array),
        ArrowDataType::UInt64 => numbers::<UInt64Type>(array),
        ArrowDataType::Float32 => numbers::<Float32Type>(array),
        ArrowDataType::Float64 => numbers::<Float64Type>(array),
        ArrowDataType::Null => Arc::new(NullArray::new(array.len())),
        ArrowDataType::Boolean => {
            let array: &pl::BooleanArray = downcast(array);
            Arc::new(BooleanArray::new(bits_to_arrow(array.values()), nulls_to_arrow(array.validity())))
        }
        ArrowDataType::Utf8View => {
            let array: &pl::Utf8ViewArray = downcast(array);
            let texts: Vec<Buffer> = array
                .data_buffers()
                .iter()
                .map(|b| Buffer::from(bytes::Bytes::from_owner(OwnedBytes(b.clone()))))
                .collect();
            let nulls = nulls_to_arrow(pl::Array::validity(array));
            // SAFETY: a Polars array of views holds valid UTF-8, and each view lies within its buffers.
            Arc::new(unsafe { StringViewArray::new_unchecked(views_to_arrow(array.views()), texts, nulls) })
        }
        other => return Err(format!("columns of type {other:?} are not known")),
    })
}

fn downcast<A: 'static>(array: &dyn pl::Array) -> &A {
    array.as_any().downcast_ref().expect("an array of the type that it says")
}

/// Views need the alignment of a 128-bit number in Arrow, which Polars has from its allocator and does not promise.
fn views_to_arrow(views: &PlBuffer<pl::View>) -> ScalarBuffer<u128> {
    if views.as_slice().as_ptr().cast::<u128>().is_aligned() {
        return ScalarBuffer::from(Buffer::from(bytes::Bytes::from_owner(OwnedBytes(views.clone()))));
    }
    views.iter().map(|view| view.as_u128()).collect()
}

fn bits_to_polars(nulls: Option<&NullBuffer>) -> Option<Bitmap> {
    nulls.filter(|nulls| nulls.null_count() > 0).map(|nulls| bitmap(nulls.inner(), Some(nulls.null_count())))
}

fn bitmap(bits: &BooleanBuffer, unset: Option<usize>) -> Bitmap {
    let storage = SharedStorage::from_owner(Bytes(bits.inner().clone()));
    // SAFETY: the bits of an Arrow buffer lie within its bytes, and `unset` is how many of them are not set.
    unsafe { Bitmap::from_inner_unchecked(storage, bits.offset(), bits.len(), unset) }
}

fn nulls_to_arrow(validity: Option<&Bitmap>) -> Option<NullBuffer> {
    validity.map(|bits| NullBuffer::new(bits_to_arrow(bits)))
}

fn bits_to_arrow(bits: &Bitmap) -> BooleanBuffer {
    let (_, offset, length) = bits.as_slice();
    BooleanBuffer::new(Buffer::from(bytes::Bytes::from_owner(Bits(bits.clone()))), offset, length)
}

/// Numbers that an Arrow buffer owns.
struct OwnedValues<T: arrow::datatypes::ArrowNativeType>(ScalarBuffer<T>);

impl<T: arrow::datatypes::ArrowNativeType> AsRef<[T]> for OwnedValues<T> {
    fn as_ref(&self) -> &[T] {
        &self.0
    }
}

/// Views that an Arrow buffer owns.
struct Views(ScalarBuffer<u128>);

impl AsRef<[pl::View]> for Views {
    fn as_ref(&self) -> &[pl::View] {
        bytemuck::cast_slice(&self.0)
    }
}

/// Bytes that an Arrow buffer owns.
struct Bytes(Buffer);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Values that a Polars buffer owns, as bytes.
struct OwnedBytes<T>(PlBuffer<T>);

impl<T: Pod> AsRef<[u8]> for OwnedBytes<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(self.0.as_slice())
    }
}

/// Bits that a Polars bitmap owns.
struct Bits(Bitmap);

impl AsRef<[u8]> for Bits {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice().0
    }
}
